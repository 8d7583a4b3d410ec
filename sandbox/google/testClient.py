"""A client of the fake Google, as google-api-python-client builds it from a discovery document."""
import urllib.request

from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.http import build_http


def client(job, api):
    """The client of an API (`drive/v3`); job holds the fake's url and credentials."""
    url, given = job["url"], job["credentials"]
    credentials = Credentials(
        None,
        refresh_token=given["refresh_token"],
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        token_uri=url + "/token",
    )
    with urllib.request.urlopen("%s/discovery/v1/apis/%s/rest" % (url, api)) as answer:
        document = answer.read().decode()
    return build_from_document(document, http=AuthorizedHttp(credentials, http=build_http()))
