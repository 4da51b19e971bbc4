"""Networks of others: torch modules that plug-ins make, trained as replicates one by one."""
