"""The look of every figure: one meaning for each colour, and sizes that fit a phone.

The hues are those of Okabe and Ito (2008), which stay apart for colour-blind readers;
orange is darkened, so that each is seen on a white page and on a dark one.
"""

QUERY = "#0072B2"  # rows that ask: target positions
KEY = "#B87A00"  # rows that are asked: keys, source positions
VALUE = "#009E73"  # what is copied
CHANGE = "#D55E00"  # something moved when it was poked
RESULT = "#CC79A7"  # what a sublayer hands on
WEIGHT = "#8A72D6"  # how much each row reads of another
BLOCKED = "#8C8C8C"  # a cell that a mask forbids
INK = "#111111"  # on every colour of the scales below, whatever the page's theme
GOLD = INK  # the frame of a gold link, on a cell too

# Light enough for INK at every value; the steps from end to end are even in lightness.
WEIGHT_SCALE = [[0.0, "#F8F6FD"], [0.5, "#C6BBEC"], [1.0, "#947EDA"]]  # from 0 upwards
SIGNED_SCALE = [
    [0.0, "#5B9BD8"],
    [0.5, "#FCFCFC"],
    [1.0, "#EC7A7A"],
]  # below zero, zero, above zero
CHANGE_SCALE = [[0.0, "#FEF7F2"], [1.0, "#F28541"]]  # nothing changed … the largest
CELL_EDGE = "#A3ABB3"  # between cells, so that a pale one is seen on a white page

LINE_DASHES = ("solid", "dash", "dot", "dashdot")
LINE_COLOURS = (QUERY, CHANGE, VALUE, KEY, RESULT)
PART_COLOURS = (QUERY, KEY, VALUE, RESULT, BLOCKED, CHANGE)  # the parts of a bar

FONT = {"family": "system-ui, sans-serif, 'Noto Sans Kannada'", "size": 13}
HOVER = {
    "bgcolor": INK,
    "bordercolor": BLOCKED,
    "font": {**FONT, "color": "#FFFFFF"},
}
ROW_HEIGHT = 44  # pixels of a heat map's row that carries a token
PHONE = 350  # pixels: the narrowest place that a figure is made for
