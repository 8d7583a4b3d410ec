"""Uploads a file with google-api-python-client, and reads it back; used by pythonClient.test.ts.

The argument is JSON: url, credentials, folderID, path, chunkBytes. Prints JSON.
"""
import io
import json
import sys

from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseDownload, MediaIoBaseUpload

from testClient import client

job = json.loads(sys.argv[1])
drive = client(job, "drive/v3")

progress, errors = [], []
with open(job["path"], "rb") as content:
    media = MediaIoBaseUpload(content, "text/csv", chunksize=job["chunkBytes"], resumable=True)
    request = drive.files().create(
        body={"name": "from python.csv", "parents": [job["folderID"]], "appProperties": {"set": "p'1\\"}},
        media_body=media,
        fields="id,name,size,md5Checksum",
    )
    created = None
    while created is None:
        try:
            status, created = request.next_chunk()
            if status:
                progress.append(status.resumable_progress)
        except HttpError as error:
            errors.append(error.resp.status)
            if error.resp.status < 500 or len(errors) > 5:
                raise

listed = drive.files().list(
    q="'%s' in parents and trashed=false and appProperties has { key='set' and value='p\\'1\\\\' }" % job["folderID"],
    fields="nextPageToken,incompleteSearch,files(id,name)",
).execute()
back = io.BytesIO()
download = MediaIoBaseDownload(back, drive.files().get_media(fileId=created["id"]), chunksize=300000)
done = False
while not done:
    _, done = download.next_chunk()
with open(job["path"], "rb") as content:
    equal = content.read() == back.getvalue()
trashed = drive.files().update(fileId=created["id"], body={"trashed": True}, fields="trashed").execute()
drive.files().delete(fileId=created["id"]).execute()
print(json.dumps({
    "created": created, "progress": progress, "errors": errors, "listed": listed, "equal": equal, "trashed": trashed,
}))
