"""The Streamlit app: what the published database says, to finance standards."""
