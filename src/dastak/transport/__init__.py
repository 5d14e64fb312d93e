"""The way out: one signed POST over HTTP, and the guard that decides which addresses may be called.

In: `dastak.webhooks.post.Post`, from the dispatcher. Out: one `Answer` for each. `app` builds `Guard` and
`CurlSender`.
"""
