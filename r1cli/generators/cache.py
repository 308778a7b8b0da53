"""A key-value cache that is written in place, and in which rows come and go.

transformers' own cache concatenates at every token (a third of the time of `generate` with 64 rows) and keeps rows that
have ended until the last one has. Here each layer has one buffer of `capacity` slots a row, and all rows share one
clock: the token that is computed now goes into slot `end` of every row. A row that joined later simply starts later,

    slot      0 1 2 3 4 5 6 7
    row 0     p p p t t t t .      start 0: three prompt tokens, four drawn
    row 1     . . p p p p t .      start 2: it took the place of a row that had ended

and attention looks at slots `start[row]` to `end`. Rotary positions are part of the keys, so where a row lies in the
buffer does not matter. When the clock reaches the end of the buffer, what is still needed is moved to its beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class SlotLayer:
    """Keys and values of one layer: the part of transformers' cache layer interface that attention calls."""

    is_compileable = False
    is_croppable = False
    is_sliding = False
    is_initialized = True

    def __init__(self, slots: Slots, like_keys: torch.Tensor, like_values: torch.Tensor) -> None:
        """`like_keys` and `like_values` (B, heads, T, dim) give heads, dimensions, dtype and device."""
        self.slots = slots
        self.keys = like_keys.new_zeros(slots.rows, like_keys.shape[1], slots.capacity, like_keys.shape[3])
        self.values = like_values.new_zeros(slots.rows, like_values.shape[1], slots.capacity, like_values.shape[3])

    def update(self, keys: torch.Tensor, values: torch.Tensor, *_: Any, **__: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the token that is computed now, (B, heads, 1, dim); returns views of all that attention looks at."""
        low, end = self.slots.low, self.slots.end
        self.keys[:, :, end] = keys[:, :, 0]
        self.values[:, :, end] = values[:, :, 0]
        return self.keys[:, :, low : end + 1], self.values[:, :, low : end + 1]

    def get_seq_length(self) -> int:
        """Slots before the token that is computed now."""
        return self.slots.end - self.slots.low

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of what attention looks at."""
        return self.get_seq_length() + query_length, 0

    def get_max_length(self) -> int:
        """No limit that a model would have to know of."""
        return -1


class Slots:
    """The bookkeeping that all layers share."""

    def __init__(self, rows: int, *, capacity: int, longest_prompt: int, device: torch.device) -> None:
        """`capacity` must exceed the longest prompt together with the longest completion."""
        import torch

        self.rows = rows
        self.capacity = capacity
        self.longest_prompt = longest_prompt
        self.end = longest_prompt
        """Slot of the token that is computed next."""
        self.low = longest_prompt
        """The first slot that any row still needs."""
        self.start = torch.full(
            (rows,), self.end, dtype=torch.long, device=device
        )  # (B,); a free row starts at the clock
        self.layers: list[SlotLayer] = []

    def cache(self) -> Any:
        """The object that a model takes as `past_key_values`."""
        from transformers.cache_utils import Cache

        layers: Any = self.layers  # not derived from its base class, which would import transformers with this module
        return Cache(layers=layers)

    def mask(self) -> torch.Tensor:
        """(B, 1, 1, W), added to attention's scores: zero from the start of each row to the token that is computed.

        torch's attention takes True and False as well, but turns them into numbers in every layer anew.
        """
        import torch

        slots = torch.arange(self.low, self.end + 1, device=self.start.device)
        hidden = slots[None, :] < self.start[:, None]  # (B, W)
        dtype = self.layers[0].keys.dtype
        mask = torch.zeros(hidden.shape, dtype=dtype, device=hidden.device)
        return mask.masked_fill_(hidden, torch.finfo(dtype).min)[:, None, None, :]

    def place(self, rows: torch.Tensor, prefilled: Any, source: torch.Tensor, lengths: torch.Tensor) -> None:
        """Put prompts into rows, right-aligned before the clock.

        Args:
            rows: (N,) rows that are free.
            prefilled: transformers' cache of a forward pass over left-padded prompts (U, P).
            source: (N,) which of the U prompts goes into which row.
            lengths: (N,) tokens of the prompt of each row.
        """
        if not self.layers:
            self.layers = [SlotLayer(self, layer.keys, layer.values) for layer in prefilled.layers]
        width = prefilled.layers[0].keys.shape[2]
        for mine, theirs in zip(self.layers, prefilled.layers, strict=True):
            mine.keys[rows, :, self.end - width : self.end] = theirs.keys[source]
            mine.values[rows, :, self.end - width : self.end] = theirs.values[source]
        self.start[rows] = self.end - lengths
        self.low = int(self.start.min())

    def tick(self) -> None:
        """The token is written: the clock moves on."""
        self.end += 1

    def keep(self, rows: torch.Tensor) -> None:
        """Drop all rows but these (N,)."""
        self.start = self.start[rows]
        self.rows = len(rows)
        for layer in self.layers:
            layer.keys = layer.keys[rows]
            layer.values = layer.values[rows]
        self.low = int(self.start.min())

    def release(self, rows: list[int]) -> None:
        """Rows that nobody looks at any more must not keep old slots alive."""
        self.start[rows] = self.end
        self.low = int(self.start.min())

    def make_room(self) -> None:
        """Have a free slot at the clock; moves what is still needed towards the beginning of the buffer."""
        if self.end < self.capacity:
            return
        # The clock stays where the longest prompt still fits before it.
        shift = min(self.low, self.end - self.longest_prompt)
        for layer in self.layers:
            for buffer in (layer.keys, layer.values):
                # The two ranges may overlap, so the copy is made before it is written.
                buffer[:, :, self.low - shift : self.end - shift] = buffer[:, :, self.low : self.end].clone()
        self.start -= shift
        self.end -= shift
        self.low -= shift
