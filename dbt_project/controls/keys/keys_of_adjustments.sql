{{ config(tags=['keys'], severity='error') }}
{{ declared_keys('adjustments') }}
