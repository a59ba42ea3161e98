"""What no source confirmed of S/4HANA Cloud: here, and nowhere else.

Each is what this folder does as long as nobody saw a tenant do otherwise. What is
confirmed stands where it is used.
"""

# -- reading ----------------------------------------------------------------------

# Journal entries with their numbers, exchange rates and fiscal periods have no public
# API in every release. They are read of views that the tenant makes in «Custom CDS
# Views» over SAP's released ones and exposes as external API; SAP gives such a view an
# address of this form. Their fields keep the names of the released views.
CUSTOM_VIEW = "/sap/opu/odata/sap/YY1_{0}_CDS/YY1_{0}"
JOURNAL_ENTRIES = CUSTOM_VIEW.format("TIEOUT_JOURNALENTRY")  # over I_JournalEntry
JOURNAL_ITEMS = CUSTOM_VIEW.format("TIEOUT_JOURNALITEM")  # over I_JournalEntryItem
EXCHANGE_RATES = CUSTOM_VIEW.format("TIEOUT_EXCHANGERATE")  # I_ExchangeRateRawData with
# I_ExchangeRateFactorsRawData: the ratio in force beside the rate
FISCAL_PERIODS = CUSTOM_VIEW.format(
    "TIEOUT_FISCALPERIOD"
)  # I_FiscalYearPeriod with the
# first and last days of I_FiscalCalendarDate
POSTING_PERIODS = CUSTOM_VIEW.format(
    "TIEOUT_POSTINGPERIOD"
)  # which periods are open: of
# this no released view was found, nor how one would name its fields
GL_ACCOUNTS = CUSTOM_VIEW.format(
    "TIEOUT_GLACCOUNT"
)  # I_GLAccountInChartOfAccounts, text
COMPANY_ACCOUNTS = CUSTOM_VIEW.format(
    "TIEOUT_COMPANYACCOUNT"
)  # I_GLAccountInCompanyCode
PROFIT_CENTERS = CUSTOM_VIEW.format(
    "TIEOUT_PROFITCENTER"
)  # I_ProfitCenter with its text

# The public service of company codes names fiscal year and posting period variants.
COMPANY_CODES = "/sap/opu/odata/sap/API_COMPANYCODE_SRV/A_CompanyCode"

# The items' view tells its entry's last change as the entry does.
CHANGED = "JournalEntryLastChangeDateTime"

# -- posting ----------------------------------------------------------------------

# How a journal is sent. The address was seen in public code, for the synchronous
# service; the asynchronous one has an address of its own (option journal_path).
JOURNAL_PATH = "/sap/bc/srt/scs_ext/sap/journalentrycreaterequestconfi"

# S/4HANA sends confirmations of the asynchronous service to a receiver of the tenant's
# own. Where that keeps them for us to fetch, by the id of the message, 404 until there
# is one (option confirmations_path).
CONFIRMATION = "{path}/{message_id}"

# How long a message may lie with S/4HANA before it is processed, in seconds: until then
# that a look-up finds nothing says nothing, and nothing is sent again.
LONGEST_QUEUED = 600.0

# A repeat of a message with the same UUID may be posted a second time: whether this
# service is idempotent was not found. It is sent all the same.
GUARDS_REPEATS = False

# The sign of an amount is that of its side: below nought with H.
# A quantity is kept with the sign that it is sent with, whatever side the line is on.
HOURS_UNIT = "HUR"  # ISO, as messages state it
HOURS_UNIT_SHOWN = "H"  # as OData states it

# A project's own WBS element has the project's id, so a line can name the project.
# A document type for what is posted, and SAP's own business transaction.
DOCUMENT_TYPE = "SA"
BUSINESS_TRANSACTION = "RFBU"
REFERENCE_TYPE = "BKPFF"

# Lengths: of a header text (it holds the external id), a reference (the content's hash)
# and an item's text.
HEADER_TEXT = 25
REFERENCE = 16
ITEM_TEXT = 50
