def cut_patches(images, patch_height, patch_width):
    below, right = -images.size(2) % patch_height, -images.size(3) % patch_width
    images = nn.ZeroPad2d((0, right, 0, below))(images)
    windows = images.unfold(2, patch_height, patch_height).unfold(3, patch_width, patch_width)
    # (b, c, rows, columns, ph, pw)
    return torch.einsum("bcrsyx->brscyx", windows).reshape(
        images.size(0), -1, images.size(1) * patch_height * patch_width
    )
