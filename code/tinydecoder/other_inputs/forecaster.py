"""The decoder on numbers: a linear map for the embedding, time stamps for positions."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from tinydecoder.config import ModelConfig
from tinydecoder.embedding import sinusoidal_positional_encoding
from tinydecoder.functional import causal_mask
from tinydecoder.model import Decoder, Encoder, evaluating
from tinydecoder.other_inputs.series import Series

UNIT = 0.5  # seconds that count as one position


class TimedRows(nn.Module):
    """Linear(n_vars, d_model) of what was measured + the encoding of when."""

    def __init__(self, n_vars: int, d_model: int):
        super().__init__()
        self.linear = nn.Linear(n_vars, d_model)

    def forward(
        self, values: Float[Tensor, "B N n_vars"], times: Float[Tensor, "B N"]
    ) -> Float[Tensor, "B N d_model"]:
        rows = self.linear(values)
        positions = times.flatten() / UNIT
        d_model, dtype = rows.size(-1), rows.dtype
        encoding = sinusoidal_positional_encoding(positions, d_model, dtype=dtype)
        return rows + encoding.view_as(rows)


class Forecaster(nn.Module):
    """Past points in, the next values out: the encoder and the decoder are those of text.

    A decoder row holds the value before the one asked for, and the time of the one asked for.
    """

    def __init__(self, config: ModelConfig, n_vars: int):
        super().__init__()
        self.source_rows = TimedRows(n_vars, config.d_model)
        self.target_rows = TimedRows(n_vars, config.d_model)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.output = nn.Linear(config.d_model, n_vars)

    def forward(
        self,
        past: Series,
        values_before: Float[Tensor, "B T n_vars"],
        times: Float[Tensor, "B T"],
    ) -> Float[Tensor, "B T n_vars"]:
        """What the variables are at these times, which come after the past's."""
        memory = self.encoder(self.source_rows(past.values, past.times))
        rows = self.target_rows(values_before, times)
        mask = causal_mask(times.size(1), times.device)
        return self.output(self.decoder(rows, memory, mask))


def squared_error(model: Forecaster, series: Series) -> Float[Tensor, ""]:
    """The mean squared error where the right value before is given (teacher forcing)."""
    past, future = series.past(), series.future()
    shifted = torch.cat([past.values[:, -1:], future.values[:, :-1]], dim=1)
    return F.mse_loss(model(past, shifted, future.times), future.values)


def forecast(
    model: Forecaster, past: Series, times: Float[Tensor, "B T"]
) -> Float[Tensor, "B T n_vars"]:
    """One point after the other; each is read back for the next."""
    with evaluating(model), torch.inference_mode():
        written = past.values[:, -1:]
        for count in range(1, times.size(1) + 1):
            found = model(past, written, times[:, :count])
            written = torch.cat([written, found[:, -1:]], dim=1)
    return written[:, 1:]
