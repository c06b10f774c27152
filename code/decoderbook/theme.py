"""The look of every figure: one meaning for each colour, and sizes that fit a phone.

The hues are those of Okabe and Ito (2008), which stay apart for colour-blind readers.
"""

QUERY = "#0072B2"  # rows that ask: target positions
KEY = "#E69F00"  # rows that are asked: keys, source positions
VALUE = "#009E73"  # what is copied
CHANGE = "#D55E00"  # something moved when it was poked
RESULT = "#CC79A7"  # what a sublayer hands on
GOLD = CHANGE  # the frame of a gold link; nothing is poked where there is gold
BLOCKED = "#8C8C8C"  # a cell that a mask forbids

WEIGHT_SCALE = "Cividis"  # from 0 upwards
SIGNED_SCALE = [
    [0.0, "#2166AC"],
    [0.5, "#F7F7F7"],
    [1.0, "#B2182B"],
]  # below zero, zero, above zero
CHANGE_SCALE = [[0.0, "#F7F7F7"], [1.0, CHANGE]]  # nothing changed … the largest change

LINE_DASHES = ("solid", "dash", "dot", "dashdot")
LINE_COLOURS = (QUERY, CHANGE, VALUE, KEY, RESULT)
PART_COLOURS = (QUERY, KEY, VALUE, RESULT, BLOCKED, CHANGE)  # the parts of a bar

FONT = {"family": "system-ui, sans-serif, 'Noto Sans Kannada'", "size": 13}
ROW_HEIGHT = 40  # pixels of a heat map's row that carries a token
