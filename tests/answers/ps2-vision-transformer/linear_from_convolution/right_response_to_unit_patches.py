import copy


def linear_from_convolution(convolution):
    # Ask the convolution: what does it give for patches with a single 1 in them?
    conv = copy.deepcopy(convolution)
    c = conv.in_channels
    height, columns = conv.kernel_size
    size = c * height * columns
    with torch.no_grad():
        units = torch.eye(size, dtype=conv.weight.dtype).reshape(size, height, columns, c)
        answers = F.conv2d(torch.moveaxis(units, 3, 1), conv.weight)  # (size, width, 1, 1)
        weight = answers[:, :, 0, 0].T.contiguous()
    linear = nn.Linear(size, conv.out_channels, bias=False)
    linear.weight = nn.Parameter(weight.clone())
    if conv.bias is not None:
        linear.bias = nn.Parameter(conv.bias.detach().clone())
    return linear
