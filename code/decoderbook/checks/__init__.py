"""The exercises' checks: `check` answers a learner with a message that teaches.

What an exercise is stands in `decoderbook/exercises`, one Markdown file a chapter; what its
check tries stands in `decoderbook.checks.chapter_NN`.
"""

from decoderbook.checks.engine import check as check
