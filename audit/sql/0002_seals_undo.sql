DROP TABLE audit_sealed_head, audit_seal;
DROP FUNCTION audit_chain_seal(), audit_new_heads();
