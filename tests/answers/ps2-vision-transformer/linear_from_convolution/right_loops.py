def linear_from_convolution(convolution):
    width, channels, height, columns = convolution.weight.shape
    linear = nn.Linear(
        height * columns * channels,
        width,
        bias=convolution.bias is not None,
        dtype=convolution.weight.dtype,
        device=convolution.weight.device,
    )
    with torch.no_grad():
        for y in range(height):
            for x in range(columns):
                for c in range(channels):
                    linear.weight[:, (y * columns + x) * channels + c] = (
                        convolution.weight[:, c, y, x]
                    )
        if convolution.bias is not None:
            linear.bias[:] = convolution.bias
    return linear
