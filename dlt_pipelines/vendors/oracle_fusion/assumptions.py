"""What we take for granted about Oracle Fusion without having seen it confirmed.

Used by the connector and by the sandbox, so a pod that disagrees is corrected here.
Confirmed by the vendor's pages are the resources and their verbs, paging, the statuses
of periods, the codes of Journal Import, and that it knows no duplicates; names of
attributes are those that integrations in public read. Besides what stands here it is
taken for granted that a company segment holds identifiers of legal entities, that a
business unit names its legal entity and primary ledger, that a project's owning
organisation is called as its cost centre is described, and that Reference3 of an
account combination says whose control account it is.
"""

# Lines of the subledgers are in no REST resource: a report of BI Publisher that the
# tenant installs has a row for each, under the columns of tables.yml. It is run by
# REST; that the same token is taken, and that the answer is JSON with the bytes in
# base64, is not confirmed. Its database may be a copy that lags behind.
LINES_REPORT = "accounting_lines.xdo"
# Rows that Journal Import has left in GL_INTERFACE, with their status and the reason.
# This table was seen to be current in reports when those of journals were not.
INTERFACE_REPORT = "journal_interface.xdo"
REPORT_FOLDER = "Custom/Tieout"
REPORT_BYTES = "reportBytes"
# The parameters: what has changed from the one on, before the other; ISO 8601, UTC.
SINCE, UNTIL = "P_SINCE", "P_UNTIL"
# Days whose changes are asked for at once: a report has a few minutes, and its memory.
REPORT_DAYS = 31
REFERENCES = "P_REFERENCES"  # the parameter: external ids, with commas

# A scope of all resources, for which a confidential application of the identity domain
# gets tokens.
SCOPE = "urn:opc:resource:consumer::all"

# Changes are asked for from a while before the latest one seen: a row is stamped when
# it is written and seen when that is committed.
OVERLAP_HOURS = 2

# A batch's name begins with the first characters of the name that it is imported with;
# behind them stand source and request. Of the journal's reference and description
# (REFERENCE6 and 5) all are kept.
BATCH_NAME_KEPT = 50

# The account that a file is uploaded to; other libraries name fin$/journal$/import$.
DOCUMENT_ACCOUNT = "fin$/generalLedger$/import$"
IMPORT_JOB = (
    "/oracle/apps/ess/financials/generalLedger/programs/common,JournalImportLauncher"
)
POSTING_PACKAGE = "/oracle/apps/ess/financials/generalLedger/programs/common"
POSTING_JOB = "AutomaticPosting"
# Its parameters are the source and the group whose rows go.
PURGE_JOB = "JournalImportDelete"
ANY_DATA_ACCESS_SET = "#NULL"  # of the user

# Seconds after which an import that was sent has ended or never will: no job can be
# asked for whose request id was lost.
IMPORT_ENDS_WITHIN = 1800.0

# Attributes of an invoice that keep the id another system gave it.
RECEIVABLES_REFERENCE = "CrossReference"
PAYABLES_REFERENCE = "ReferenceKeyOne"
