"""The figures of the book: tensors in, one plotly Figure out, with a text alternative
in layout.meta. What explains an idea and plots no data is a `Drawing` instead.

A token is a string; what follows its first space (a transliteration) goes on a second
line of the axis.
"""

from decoderbook.figures.attention_shapes import shape_flow as shape_flow
from decoderbook.figures.bars import stacked_bars as stacked_bars
from decoderbook.figures.beam import beam_tree as beam_tree
from decoderbook.figures.cached_steps import computed_rows as computed_rows
from decoderbook.figures.choices import choice_map as choice_map
from decoderbook.figures.curve_bands import bands as bands
from decoderbook.figures.curves import clocks as clocks
from decoderbook.figures.curves import lines as lines
from decoderbook.figures.decoder_shapes import decoder_flow as decoder_flow
from decoderbook.figures.drawings import Drawing as Drawing
from decoderbook.figures.drawings import drawing as drawing
from decoderbook.figures.findings import finding_map as finding_map
from decoderbook.figures.findings import points_beside as points_beside
from decoderbook.figures.forecasts import forecast_points as forecast_points
from decoderbook.figures.heat_maps import attention_map as attention_map
from decoderbook.figures.heat_maps import heads_map as heads_map
from decoderbook.figures.heat_maps import influence_map as influence_map
from decoderbook.figures.heat_maps import score_map as score_map
from decoderbook.figures.input_lanes import three_inputs as three_inputs
from decoderbook.figures.labels import predicting_rows as predicting_rows
from decoderbook.figures.patches import patch_map as patch_map
from decoderbook.figures.position_maps import encoding_map as encoding_map
from decoderbook.figures.position_maps import product_map as product_map
from decoderbook.figures.powers_of_ten import model_sizes as model_sizes
from decoderbook.figures.prefixes import (
    accuracy_by_position as accuracy_by_position,
)
from decoderbook.figures.prefixes import teacher_forcing as teacher_forcing
from decoderbook.figures.processes import two_processes as two_processes
from decoderbook.figures.product_shapes import (
    attention_products as attention_products,
)
from decoderbook.figures.slopes import slope_at as slope_at
from decoderbook.figures.strips import token_strip as token_strip
from decoderbook.figures.table_products import table_product as table_product
from decoderbook.figures.training_curves import training_progress as training_progress
from decoderbook.figures.writing import token_bars as token_bars
from decoderbook.figures.writing import writing_step as writing_step
