DROP TABLE audit_event, audit_change;
DROP FUNCTION audit_record_change(), audit_chain_event(), audit_demand_event(), audit_refuse_rewrite();
DROP FUNCTION audit_moment(timestamptz), audit_sites(), audit_actor();
