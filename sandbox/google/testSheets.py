"""Writes and reads a spreadsheet with google-api-python-client; used by pythonSheets.test.ts.

The argument is JSON: url, credentials. Prints JSON.
"""
import json
import sys

from googleapiclient.errors import HttpError

from testClient import client

job = json.loads(sys.argv[1])
spreadsheets = client(job, "sheets/v4").spreadsheets()
values = spreadsheets.values()

made = spreadsheets.create(
    body={"properties": {"title": "From python"}, "sheets": [{"properties": {"title": "Ann's sales/2026"}}]}
).execute()
key = made["spreadsheetId"]
name = "'Ann''s sales/2026'"
rows = [["id", "name"], [1, "Ünï"], [2, "=1+1"], ["9007199254740993", True]]
updated = values.update(
    spreadsheetId=key, range=name + "!A1:B4", valueInputOption="RAW", body={"values": rows}
).execute()
batch = values.batchUpdate(
    spreadsheetId=key,
    body={"valueInputOption": "RAW", "data": [{"range": name + "!A5:B5", "values": [[3, ""]]}]},
).execute()
read = values.get(
    spreadsheetId=key, range=name + "!A:B", valueRenderOption="UNFORMATTED_VALUE"
).execute()
both = values.batchGet(spreadsheetId=key, ranges=[name + "!A1", name + "!B2"]).execute()
errors = []
try:
    values.get(spreadsheetId=key, range=name + "!A1001").execute()
except HttpError as error:
    errors.append([error.resp.status, error._get_reason()])
added = spreadsheets.batchUpdate(
    spreadsheetId=key, body={"requests": [{"addSheet": {"properties": {"title": "More", "hidden": True}}}]}
).execute()
values.clear(spreadsheetId=key, range=name + "!A2:B5", body={}).execute()
seen = spreadsheets.get(spreadsheetId=key, fields="sheets.properties(title,hidden)").execute()
print(json.dumps({
    "key": key, "updated": updated, "batch": batch, "read": read["values"], "both": both["valueRanges"],
    "errors": errors, "added": added["replies"][0]["addSheet"]["properties"]["title"], "seen": seen["sheets"],
}))
