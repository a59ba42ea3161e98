"""Kantata OX (formerly Mavenlink): projects, time, approvals, invoices, rate cards."""
