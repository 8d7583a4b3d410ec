-- What comes faster, or only makes sense, when the rows are there.
ALTER TABLE orders ADD PRIMARY KEY (id, ordered_at);
ALTER TABLE order_items ADD PRIMARY KEY (order_id, line);
ALTER TABLE stock ADD PRIMARY KEY (product_id, warehouse);
ALTER TABLE addresses ADD FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE;
ALTER TABLE price_history ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_items ADD FOREIGN KEY (order_id, ordered_at) REFERENCES orders (id, ordered_at);
ALTER TABLE order_items ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE payments ADD FOREIGN KEY (order_id, ordered_at) REFERENCES orders (id, ordered_at);
ALTER TABLE stock ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE reviews ADD FOREIGN KEY (product_id) REFERENCES products;
CREATE INDEX ON orders (customer_id);
CREATE INDEX products_search ON products USING gin (search);

CREATE VIEW turnover_by_month AS
  SELECT date_trunc('month', ordered_at AT TIME ZONE 'UTC') AS month, sum(total) AS turnover FROM order_items GROUP BY 1;
CREATE MATERIALIZED VIEW best_sellers AS
  SELECT p.id, p.name, sum(i.quantity) AS sold FROM products p JOIN order_items i ON i.product_id = p.id
  GROUP BY p.id, p.name ORDER BY sold DESC, p.id LIMIT 100;

COMMENT ON TABLE customers IS 'People who have bought, or nearly: it''s "all" of them; nobody is deleted.';
COMMENT ON COLUMN addresses.line2 IS E'NULL: not asked.\nEmpty: asked, and left empty.';
