{{ config(tags=['keys'], severity='error') }}
{{ declared_keys('publication') }}
