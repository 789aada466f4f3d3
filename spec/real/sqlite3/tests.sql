-- Run by the shell that skylua built; the answers stand in tests.expected.
.mode list
.headers off
SELECT 'version', sqlite_version() LIKE '3.%';
SELECT 'arithmetic', 7 / 2, 7 / 2.0, -7 % 3, 1 << 10, 'a' || 'b', round(2.567, 2), pow(2, 0.5) > 1.41;

-- Tables, constraints, transactions.
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, boss REFERENCES person (id));
INSERT INTO person (name, boss) VALUES ('Ada', NULL), ('Bob', 1), ('Cyd', 1), ('Dan', 2), ('Eve', 4);
SELECT 'rows', count(*), max(id), group_concat(name) FROM person;
INSERT OR IGNORE INTO person (name) VALUES ('Ada');
SELECT 'unique', changes(), count(*) FROM person;
INSERT INTO person (name) VALUES ('Ada') ON CONFLICT (name) DO UPDATE SET boss = 5;
SELECT 'upsert', boss FROM person WHERE name = 'Ada';
BEGIN;
DELETE FROM person;
SELECT 'inside', count(*) FROM person;
ROLLBACK;
SELECT 'rolled back', count(*) FROM person;
UPDATE person SET boss = NULL WHERE id = 1 RETURNING 'returning', name;
DELETE FROM person WHERE id > 1 ORDER BY id DESC LIMIT 1;
SELECT 'delete with limit', group_concat(name) FROM person;

-- Joins, recursion, windows.
SELECT 'join', p.name, b.name FROM person p JOIN person b ON b.id = p.boss ORDER BY p.name;
WITH RECURSIVE chain (id, depth) AS (
  SELECT id, 0 FROM person WHERE boss IS NULL
  UNION ALL SELECT p.id, depth + 1 FROM person p JOIN chain c ON p.boss = c.id)
SELECT 'recursion', max(depth), count(*) FROM chain;
WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 100000)
SELECT 'a long sum', sum(x) FROM n;
CREATE TABLE sale (day INTEGER, amount INTEGER);
INSERT INTO sale VALUES (1, 10), (2, 30), (3, 20), (4, 40);
SELECT 'window', day, sum(amount) OVER (ORDER BY day), rank() OVER (ORDER BY amount DESC) FROM sale;
SELECT 'filter', sum(amount) FILTER (WHERE day > 2), total(amount), avg(amount) FROM sale;

-- An index is used; a trigger fires; a view shows both.
CREATE INDEX sale_day ON sale (day);
SELECT 'plan', count(*) FROM pragma_index_info('sale_day') WHERE name = 'day';
CREATE TABLE audit (text TEXT);
CREATE TRIGGER sold AFTER INSERT ON sale BEGIN INSERT INTO audit VALUES ('sold ' || new.amount); END;
CREATE VIEW report AS SELECT text FROM audit;
INSERT INTO sale VALUES (5, 50);
SELECT 'trigger', text FROM report;

-- JSON, dates, blobs, text functions.
SELECT 'json', json_extract('{"a":[1,{"b":"deep"}]}', '$.a[1].b'), '{"x":5}' ->> 'x';
SELECT 'each', group_concat(value, '+') FROM json_each('[3,4,5]');
SELECT 'date', date('2024-02-28', '+2 days'), strftime('%j', '2024-12-31'), julianday('2000-01-01 12:00');
SELECT 'blob', hex(x'00ff'), length(zeroblob(1000)), typeof(x''), quote('it''s');
SELECT 'text', upper('abc'), instr('hello', 'll'), substr('hello', -3), printf('%05.1f|%x', 3.14159, 255);
SELECT 'soundex', soundex('Robert') = soundex('Rupert');
SELECT 'like', 'HELLO' LIKE 'h%o', 'HELLO' GLOB 'h*', 'abc' REGEXP 'a.c';

-- The extensions: full-text search, old and new, and boxes.
CREATE VIRTUAL TABLE old_text USING fts4 (body);
INSERT INTO old_text VALUES ('the quick brown fox'), ('jumps over the dog');
SELECT 'fts4', body FROM old_text WHERE old_text MATCH '(quick OR slow) AND fox';
CREATE VIRTUAL TABLE new_text USING fts5 (body, tokenize = 'porter');
INSERT INTO new_text VALUES ('running rivers'), ('the runner runs'), ('standing still');
SELECT 'fts5', highlight(new_text, 0, '[', ']') FROM new_text WHERE new_text MATCH 'run' ORDER BY rowid;
CREATE VIRTUAL TABLE box USING rtree (id, x0, x1, y0, y1);
INSERT INTO box VALUES (1, 0, 1, 0, 1), (2, 5, 6, 5, 6), (3, 0, 9, 0, 9);
SELECT 'rtree', group_concat(id) FROM box WHERE x0 <= 5.5 AND x1 >= 5.5 AND y0 <= 5.5 AND y1 >= 5.5;

-- 20,000 rows on disk, a vacuum, and the file is whole.
.open tests.db
CREATE TABLE big (k INTEGER PRIMARY KEY, v TEXT);
INSERT INTO big SELECT value, hex(value * 7919) FROM generate_series(1, 20000);
CREATE INDEX big_v ON big (v);
DELETE FROM big WHERE k % 3 = 0;
VACUUM;
.open tests.db
SELECT 'big', count(*), sum(k) FROM big;
PRAGMA integrity_check;
SELECT 'source', sqlite_source_id() LIKE '20__-__-__ __:__:__ %', sqlite_compileoption_used('ENABLE_FTS5');
