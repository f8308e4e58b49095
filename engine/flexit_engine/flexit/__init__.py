"""The FlexIT algorithm (Couairon et al., CVPR 2022) in pure torch.

`query` reads the texts, `target` and `losses` hold the paper's Eq. 1–5, `augmentation` the random
views, `spaces` what is optimised, `optimise` the loop.
"""
