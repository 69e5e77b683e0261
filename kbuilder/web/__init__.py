"""The web application: the site's preview, a form to ask in, the editors' desk, and the API."""
