"""Who may do what: users, sites, grants, delegations, trainings, signatures, log-in."""
