BEGIN TRANSACTION;
CREATE TABLE attempts (
	sequence INTEGER NOT NULL, 
	posting_id VARCHAR NOT NULL, 
	attempt_no INTEGER NOT NULL, 
	at VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	erp_id VARCHAR, 
	request_id VARCHAR, 
	detail VARCHAR, 
	latency_ms INTEGER, 
	previous_hash VARCHAR(64) NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (sequence), 
	UNIQUE (row_hash)
);
INSERT INTO "attempts" VALUES(1,'labour_cost_accrual|US10|P1001|2026-05|v1',1,'2026-11-29T08:52:46.432711+00:00','posted','1',NULL,'closed',NULL,'0000000000000000000000000000000000000000000000000000000000000000','08dff1e143b026e473f99f161d10ea9f84b4a3361a23122b770d02579665b0a3');
INSERT INTO "attempts" VALUES(2,'labour_cost_accrual|US10|P1001|2026-05|v2',1,'2026-11-29T08:52:46.445380+00:00','posted','1',NULL,'closed',NULL,'08dff1e143b026e473f99f161d10ea9f84b4a3361a23122b770d02579665b0a3','e034a5443efe9855309898e65412e6b944d76cafa55f0ea727f549e4468e5305');
INSERT INTO "attempts" VALUES(3,'labour_cost_accrual|US10|P1002|2026-05|v1',1,'2026-11-29T08:52:46.451701+00:00','failed','1',NULL,'closed',NULL,'e034a5443efe9855309898e65412e6b944d76cafa55f0ea727f549e4468e5305','940ef69c61809a9ba808270f1153645acb682fa7c3893dd6fdb5935b01948439');
CREATE TABLE decisions (
	sequence INTEGER NOT NULL, 
	posting_key VARCHAR NOT NULL, 
	content_hash VARCHAR NOT NULL, 
	decision VARCHAR NOT NULL, 
	decided_by VARCHAR NOT NULL, 
	reason VARCHAR, 
	amount VARCHAR NOT NULL, 
	currency_code VARCHAR NOT NULL, 
	decided_at VARCHAR NOT NULL, 
	previous_hash VARCHAR(64) NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (sequence), 
	UNIQUE (row_hash)
);
INSERT INTO "decisions" VALUES(1,'labour_cost_accrual|US10|P1001|2026-05','3a2e779c2c48524662930e6e32b00fc7f0b25916f1856e93245f390c707a0d08','prepared','ada@example.com',NULL,'100.00','USD','2026-11-29T08:52:46.453057+00:00','0000000000000000000000000000000000000000000000000000000000000000','6c3bb3c8b8a45cdd6688dbe4862975c4b8032d7c94103dce2f5af82b58131a0a');
INSERT INTO "decisions" VALUES(2,'labour_cost_accrual|US10|P1001|2026-05','3a2e779c2c48524662930e6e32b00fc7f0b25916f1856e93245f390c707a0d08','approved','bob@example.com','agreed with the controller','100.00','USD','2026-11-29T08:52:46.453072+00:00','6c3bb3c8b8a45cdd6688dbe4862975c4b8032d7c94103dce2f5af82b58131a0a','a8f0ea6000af9416e92ce0795f4358aa1d019fa2a34416b845d502e8bb71d26f');
CREATE TABLE intents (
	sequence INTEGER NOT NULL, 
	posting_id VARCHAR NOT NULL, 
	posting_key VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	legal_entity_code VARCHAR NOT NULL, 
	project_code VARCHAR, 
	period_month VARCHAR NOT NULL, 
	posting_date VARCHAR NOT NULL, 
	currency_code VARCHAR NOT NULL, 
	slot VARCHAR NOT NULL, 
	amount VARCHAR NOT NULL, 
	hours VARCHAR NOT NULL, 
	content_hash VARCHAR NOT NULL, 
	external_id VARCHAR NOT NULL, 
	correlation_id VARCHAR, 
	target VARCHAR NOT NULL, 
	payload VARCHAR NOT NULL, 
	created_at VARCHAR NOT NULL, 
	previous_hash VARCHAR(64) NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (sequence), 
	UNIQUE (posting_key, version), 
	UNIQUE (posting_id), 
	UNIQUE (external_id), 
	UNIQUE (row_hash)
);
INSERT INTO "intents" VALUES(1,'labour_cost_accrual|US10|P1001|2026-05|v1','labour_cost_accrual|US10|P1001|2026-05',1,'labour_cost_accrual','US10','P1001','2026-05-01','2026-05-31','USD','["1", "USD", "5000", "2100", "701", "701", "1"]','100.00','2','3a2e779c2c48524662930e6e32b00fc7f0b25916f1856e93245f390c707a0d08','TIEOUT-3f342c89ab26256a','kantata:main:1','netsuite','{"content_hash": "3a2e779c2c48524662930e6e32b00fc7f0b25916f1856e93245f390c707a0d08", "currency_code": "USD", "external_id": "TIEOUT-3f342c89ab26256a", "lines": [{"account_number": "5000", "credit": "0", "debit": "100.00", "department_id": "1", "hours": "2", "memo": "Tieout labour cost accrual P1001 2026-05 v1 [3a2e779c2c485246]", "project_id": "701"}, {"account_number": "2100", "credit": "100.00", "debit": "0", "department_id": "1", "hours": null, "memo": "Tieout labour cost accrual P1001 2026-05 v1 [3a2e779c2c485246]", "project_id": "701"}], "memo": "Tieout labour cost accrual P1001 2026-05 v1 [3a2e779c2c485246]", "posting_date": "2026-05-31", "subsidiary_id": "1"}','2026-11-29T08:52:46.429101+00:00','0000000000000000000000000000000000000000000000000000000000000000','ddebba003b9b9063c4f99413c73247a4acbbb4966bab9c6a9a2c7a8cc4ef5cd3');
INSERT INTO "intents" VALUES(2,'labour_cost_accrual|US10|P1001|2026-05|v2','labour_cost_accrual|US10|P1001|2026-05',2,'labour_cost_accrual','US10','P1001','2026-05-01','2026-05-31','USD','["1", "USD", "5000", "2100", "701", "701", "1"]','-39.50','-0.50','5bf8a8580be34f61a60c47bd53a24aa958221c5f634aa5632db765023ca5c2e4','TIEOUT-19963d24a5d2d408','kantata:main:1','netsuite','{"content_hash": "5bf8a8580be34f61a60c47bd53a24aa958221c5f634aa5632db765023ca5c2e4", "currency_code": "USD", "external_id": "TIEOUT-19963d24a5d2d408", "lines": [{"account_number": "5000", "credit": "39.50", "debit": "0", "department_id": "1", "hours": "-0.50", "memo": "Tieout labour cost accrual P1001 2026-05 v2 [5bf8a8580be34f61]", "project_id": "701"}, {"account_number": "2100", "credit": "0", "debit": "39.50", "department_id": "1", "hours": null, "memo": "Tieout labour cost accrual P1001 2026-05 v2 [5bf8a8580be34f61]", "project_id": "701"}], "memo": "Tieout labour cost accrual P1001 2026-05 v2 [5bf8a8580be34f61]", "posting_date": "2026-05-31", "subsidiary_id": "1"}','2026-11-29T08:52:46.438215+00:00','ddebba003b9b9063c4f99413c73247a4acbbb4966bab9c6a9a2c7a8cc4ef5cd3','c630d8cc90f6e82240e55afeb068eed9a35d6e6522f87c6013db944888792358');
INSERT INTO "intents" VALUES(3,'labour_cost_accrual|US10|P1002|2026-05|v1','labour_cost_accrual|US10|P1002|2026-05',1,'labour_cost_accrual','US10','P1002','2026-05-01','2026-05-31','USD','["1", "USD", "5000", "2100", "702", "702", "1"]','9.00','2.25','772e11f3b123d82dddf6c7ece2dcd31ed99bba5e0c5c779f45d35412946ae632','TIEOUT-0ab8c45500111eed','kantata:main:1','netsuite','{"content_hash": "772e11f3b123d82dddf6c7ece2dcd31ed99bba5e0c5c779f45d35412946ae632", "currency_code": "USD", "external_id": "TIEOUT-0ab8c45500111eed", "lines": [{"account_number": "5000", "credit": "0", "debit": "9.00", "department_id": "1", "hours": "2.25", "memo": "Tieout labour cost accrual P1002 2026-05 v1 [772e11f3b123d82d]", "project_id": "702"}, {"account_number": "2100", "credit": "9.00", "debit": "0", "department_id": "1", "hours": null, "memo": "Tieout labour cost accrual P1002 2026-05 v1 [772e11f3b123d82d]", "project_id": "702"}], "memo": "Tieout labour cost accrual P1002 2026-05 v1 [772e11f3b123d82d]", "posting_date": "2026-05-31", "subsidiary_id": "1"}','2026-11-29T08:52:46.450300+00:00','c630d8cc90f6e82240e55afeb068eed9a35d6e6522f87c6013db944888792358','81012973e07acda795675a74da16f6cca3262842a8ccaad6e094206c623ebdc4');
CREATE INDEX ix_intents_posting_key ON intents (posting_key);
CREATE INDEX ix_attempts_posting_id ON attempts (posting_id);
CREATE INDEX ix_decisions_posting_key ON decisions (posting_key);
CREATE TRIGGER intents_no_update before update on intents begin select raise(abort, 'the posting ledger is append-only'); end;
CREATE TRIGGER intents_no_delete before delete on intents begin select raise(abort, 'the posting ledger is append-only'); end;
CREATE TRIGGER attempts_no_update before update on attempts begin select raise(abort, 'the posting ledger is append-only'); end;
CREATE TRIGGER attempts_no_delete before delete on attempts begin select raise(abort, 'the posting ledger is append-only'); end;
CREATE TRIGGER decisions_no_update before update on decisions begin select raise(abort, 'the posting ledger is append-only'); end;
CREATE TRIGGER decisions_no_delete before delete on decisions begin select raise(abort, 'the posting ledger is append-only'); end;
COMMIT;
