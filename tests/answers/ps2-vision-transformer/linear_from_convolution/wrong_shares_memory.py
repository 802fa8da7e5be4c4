# mistake: the layers share the bias
# loses: linear_from_convolution-independent
# hint: they share memory
def linear_from_convolution(convolution):
    width, channels, height, columns = convolution.weight.shape
    linear = nn.Linear(
        channels * height * columns, width, bias=convolution.bias is not None,
        dtype=convolution.weight.dtype,
    )
    linear.weight.data = convolution.weight.data.permute(0, 2, 3, 1).reshape(width, -1)
    linear.bias = convolution.bias
    return linear
