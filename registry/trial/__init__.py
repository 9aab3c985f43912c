"""The whole main job on a real register, through the HTTP API, with many callers at once.

A folder with a register, its outcomes and fields of study (`source`) becomes one organiser with services, clients
and money (`loading`; what is made up is in `made_up`). A plan without chance (`plan`) says what happens to each
voucher; the steps (`vouchers`, `redeeming`, `settling`) make it happen through the API; then three books that must
agree to the cent are laid beside each other (`books`).
"""
