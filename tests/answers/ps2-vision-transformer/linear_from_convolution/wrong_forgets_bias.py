# mistake: the bias keeps nn.Linear's random numbers
# loses: linear_from_convolution-bias
# hint: the bias
def linear_from_convolution(convolution):
    weight = convolution.weight.detach().permute(0, 2, 3, 1).flatten(1).clone()
    linear = nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
    linear.weight = nn.Parameter(weight)
    return linear
