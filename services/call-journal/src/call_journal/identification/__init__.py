"""Who the other party of a row is: asked of the directory at the first ring, published as `identified`.

`jobs` says what to ask, pure; `agenda` in which order; `identifier` asks and publishes.
"""
