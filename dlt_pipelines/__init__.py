"""Tieout: project cost, margin and WIP that tie out, landed, built, proved, posted."""
