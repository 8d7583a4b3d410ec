/**
 * A statement for the begin of a transaction: has the server look every few seconds whether its client is still there. Else a
 * backend whose client was stopped goes on until its statement ends or a lock is granted, and keeps all that it holds until
 * then. Servers before 14, and those that run where it cannot be seen, go on as they are.
 * https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL
 */
export const endWithClient =
  "DO $$ BEGIN PERFORM pg_catalog.set_config('client_connection_check_interval', '2000', true); EXCEPTION WHEN OTHERS THEN NULL; END $$";
