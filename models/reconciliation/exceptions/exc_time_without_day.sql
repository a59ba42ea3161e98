-- Approved time that says no day: it counts nowhere.
{{ exceptions_of_lacking('time_without_day') }}
