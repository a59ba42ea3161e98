-- Delivered where a system's are, and declared by nobody: nothing reads it.
{{ exceptions_of_deliveries('foreign', 'is read by nobody') }}
