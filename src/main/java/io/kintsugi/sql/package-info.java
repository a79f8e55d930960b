/// The road to PostgreSQL: a server of the node's own or a given address, migrations, and the pool.
@NullMarked
package io.kintsugi.sql;

import org.jspecify.annotations.NullMarked;
