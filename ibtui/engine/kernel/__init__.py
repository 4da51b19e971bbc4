"""The kernel: dense networks on the CPU, a replicate's whole epoch or frame in one compiled call.

Lanes are the samples of a batch; arrays are (unit, sample), padded, so that no loop has a scalar
rest. No call holds the interpreter's lock; threads share out the replicates, and no result depends
on how many there are. Sizes, bits, ranges and the activation are arguments: one compiled function
trains every dense network, one measures it.
"""
