# The same with pandas and gspread: the usual way, in as many rows a request as stay near 2 MB.
import json
import os
import sys

import pandas
import psycopg

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "..", "sandbox", "google"))
from gspreadClient import client  # noqa: E402

job = json.loads(os.environ["BENCH_INPUT"])

with psycopg.connect(job["uri"]) as connection:
    cursor = connection.execute(job["query"])
    frame = pandas.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])
frame = frame.astype(object).where(frame.notna(), "")
rows = [list(frame.columns)] + frame.map(
    lambda value: value if isinstance(value, (int, float, bool, str)) else str(value)
).values.tolist()
spreadsheet = client(job["url"], job["accessToken"]).open_by_key(job["spreadsheetID"])
worksheet = spreadsheet.add_worksheet(job["title"], rows=len(rows), cols=len(frame.columns))
for start in range(0, len(rows), job["rowsAtOnce"]):
    part = rows[start : start + job["rowsAtOnce"]]
    worksheet.update(part, range_name="A%d" % (start + 1), raw=True)
print(json.dumps({"rows": len(rows) - 1}))
