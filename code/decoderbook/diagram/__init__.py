"""The picture of the decoder, drawn from a forward pass of it: each panel is a magnification."""

from decoderbook.diagram.levels import blow_up as blow_up
from decoderbook.diagram.small import mini as mini
from decoderbook.diagram.svg import one_panel as one_panel
from decoderbook.diagram.svg import side_by_side as side_by_side
