# mistake: 2 (c p p) instead of (p p c) order of the weights
# loses: linear_from_convolution-weight
# hint: the weights are in the order (channels, height, width)
def linear_from_convolution(convolution):
    weight = convolution.weight.detach().flatten(1).clone()
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=convolution.bias is not None)
    linear.weight = nn.Parameter(weight)
    if convolution.bias is not None:
        linear.bias = nn.Parameter(convolution.bias.detach().clone())
    return linear
