"""Reads a spreadsheet, found by its name, with gspread; used by gspreadRead.ts.

The argument is JSON: url, accessToken, name. Prints JSON.
"""
import json
import sys

from gspreadClient import client

job = json.loads(sys.argv[1])
spreadsheet = client(job["url"], job["accessToken"]).open(job["name"])
print(json.dumps({
    "id": spreadsheet.id,
    "tabs": [
        {
            "title": tab.title,
            "hidden": tab.isSheetHidden,
            "values": tab.get_all_values(value_render_option="UNFORMATTED_VALUE"),
        }
        for tab in spreadsheet.worksheets()
    ],
}))
