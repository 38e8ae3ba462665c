"""A simulated FreeSWITCH: an event socket, telephones that behave, the API commands of a CTI link.

It calls, rings, answers, holds, transfers attended and blind, picks up, parks (`park` and valet slots), has queues with
agents (mod_callcenter), fifos and conferences, and is asked what is alive. Not simulated: media, loopback channels,
`att_xfer`.
"""
