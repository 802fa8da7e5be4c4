"""A small residual convolutional network, the ViT's companion in comparisons."""

from dataclasses import dataclass, field

from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.weights import load_model, save_model


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions whose result is added to their input (He et al., 2016).

    Args:
        channels_in, channels_out: number of feature maps before and after.
        stride: 2 halves the height and the width.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels_out)
        self.shortcut = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Conv2d(channels_in, channels_out, 1, stride)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (batch, channels_out, rows / stride, columns / stride)."""
        hidden = F.relu(self.norm1(self.conv1(maps)))
        return F.relu(self.norm2(self.conv2(hidden)) + self.shortcut(maps))


@dataclass
class ConvNetConfig:
    """Sizes of a `ConvNet`; its parameters grow with the square of `width`.

    Args:
        classes: number of logits.
        width: feature maps of the first stage; the second has 2, the third 4 times
            as many. 36 gives about 0.9 million parameters.
        blocks: residual blocks a stage.
        stem_stride: steps of the first convolution: 1 keeps the image's size, 2
            halves it, 4 skips some pixels and is the fastest.
        channels: 3 for colour images.
        labels: names of the classes, if known.
    """

    classes: int
    width: int = 36
    blocks: int = 2
    stem_stride: int = 2
    channels: int = 3
    labels: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self):
        self.labels = tuple(self.labels)  # JSON knows lists only


class ConvNet(nn.Module):
    """Classify images with three stages of residual blocks and an average."""

    config_class = ConvNetConfig

    def __init__(self, config: ConvNetConfig):
        super().__init__()
        self.config = config
        width = config.width
        stem = nn.Conv2d(config.channels, width, 3, config.stem_stride, 1, bias=False)
        layers = [stem, nn.BatchNorm2d(width), nn.ReLU()]
        for stage in range(3):
            for block in range(config.blocks):
                # the first block of a later stage halves the maps, doubles their number
                first = stage > 0 and block == 0
                channels_in = width * 2 ** (stage - first)
                layers.append(ResidualBlock(channels_in, width * 2**stage, 1 + first))
        self.stages = nn.Sequential(*layers)
        self.head = nn.Linear(4 * width, config.classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits, (batch, classes), of images, (batch, channels, h, w)."""
        maps = self.stages(images)  # (batch, 4 * width, rows, columns)
        return self.head(maps.mean(dim=(2, 3)))

    save = save_model
    load = classmethod(load_model)
