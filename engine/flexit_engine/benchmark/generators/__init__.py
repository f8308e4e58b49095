"""Generators with a latent space of their own, from checkpoints that the user gives.

The paper compares with edits in the latent spaces of StyleGAN2 and IC-GAN, and with StyleCLIP. The
networks are written anew here from their papers; the names of their tensors are those of the
checkpoints that are passed around. `methods` holds the classes to name on the command line.
"""
