# mistake: 2 the weight is reshaped to (p p c), its axes are not moved
# loses: linear_from_convolution-weight
# hint: which axis has to move to the end
def linear_from_convolution(convolution):
    width, channels, height, columns = convolution.weight.shape
    linear = nn.Linear(
        height * columns * channels,
        width,
        bias=convolution.bias is not None,
        dtype=convolution.weight.dtype,
    )
    with torch.no_grad():
        weight = convolution.weight.reshape(width, height, columns, channels)
        linear.weight.copy_(weight.reshape(width, -1))
        if linear.bias is not None:
            linear.bias.copy_(convolution.bias)
    return linear
