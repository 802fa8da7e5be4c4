def linear_from_convolution(convolution):
    state = {
        name: tensor.permute(0, 2, 3, 1).flatten(1) if name == "weight" else tensor
        for name, tensor in convolution.state_dict().items()
    }
    linear = nn.Linear(
        state["weight"].shape[1], state["weight"].shape[0], bias="bias" in state
    ).to(state["weight"].dtype)
    linear.load_state_dict(state)
    return linear
