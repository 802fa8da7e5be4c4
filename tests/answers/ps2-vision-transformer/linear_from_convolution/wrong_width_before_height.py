# mistake: 2 the kernel's axes reversed: (width, height, channels)
# loses: linear_from_convolution-weight
# hint: height and width changed places
def linear_from_convolution(convolution):
    weight = convolution.weight.detach().permute(0, 3, 2, 1).reshape(len(convolution.weight), -1)
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=convolution.bias is not None)
    linear = linear.to(weight.dtype)
    state = {"weight": weight}
    if convolution.bias is not None:
        state["bias"] = convolution.bias.detach()
    linear.load_state_dict(state)
    return linear
