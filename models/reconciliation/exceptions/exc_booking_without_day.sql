-- Bookings of the ERP that say neither day nor period: they count in none.
{{ exceptions_of_lacking('booking_without_day') }}
