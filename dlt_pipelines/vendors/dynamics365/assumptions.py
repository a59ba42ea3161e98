"""What we take for granted about Dynamics 365 Finance without having seen it confirmed.

Used by the connector and by the sandbox, so an environment that disagrees is corrected
in this one place. Sets and fields that are not here are in the vendor's metadata.
"""

# Sets of entities whose public name the common data model does not tell.
LEDGER_ENTRIES = "GeneralJournalAccountEntries"
LEDGER_PERIODS = "LedgerFiscalPeriodsV2"

# What is settled is told by entities that are made for reporting. Each settlement has a
# record for both of its sides, in the sign of its own side.
TRANSACTIONS = {
    "customer": "CustTransBiEntities",
    "vendor": "VendTransBiEntities",
}
SETTLEMENTS = {
    "customer": "CustSettlementBiEntities",
    "vendor": "VendSettlementBiEntities",
}

# How many characters these fields keep. A line's document is what the ledger shows of a
# journal's external id, so it is the shorter one that counts.
DOCUMENT = 20
TEXT = 60

# No action of OData posts a journal, so a custom service of the environment does. Its
# path is an option, with this default; it takes the two words and posts at once. What
# it answers decides nothing: whether the journal is posted says its header.
POSTING_SERVICE = "/api/services/TieoutServices/GeneralJournals/post"
COMPANY_WORD, JOURNAL_WORD = "_dataAreaId", "_journalBatchNumber"

# A journal that is being posted cannot be deleted until it is, and then no more; that
# one which is deleted takes its lines with it, and cannot be given any, or be posted.
# Integration keys may repeat: that the kernel keeps them apart nobody has confirmed.

# What is definite in an error of 500: rules of the business answer with that, too.
DEFINITE = (
    "Infolog",
    "Write failed",
    "validateWrite",
    "validateDelete",
    "validateField",
)

# A quantity on a line of a general journal is kept by the ledger: hours, here.
# A value with the delimiter in it is told with a backslash before that.
ESCAPE = "\\"

# The header with the vendor's name of a request.
REQUEST_ID = "ms-dyn-aid"
