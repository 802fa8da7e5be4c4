# mistake: a convolution without a bias is not thought of
# loses: linear_from_convolution-bias
# hint: a convolution without a bias leads to an error
def linear_from_convolution(convolution):
    weight = convolution.weight.detach().permute(0, 2, 3, 1).flatten(1)
    linear = nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
    linear.weight.data.copy_(weight)
    linear.bias.data.copy_(convolution.bias.detach())
    return linear
