"""The one door to other servers: which addresses may be asked, and the client that asks them."""
