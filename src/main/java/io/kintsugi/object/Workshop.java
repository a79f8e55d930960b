package io.kintsugi.object;

import io.kintsugi.format.ClusterKey;
import io.kintsugi.kernel.World;
import io.kintsugi.session.WriteSessions;

/// What all readers and writers of one verticle instance share.
record Workshop(
    World world,
    Settings settings,
    ClusterKey key,
    WriteSessions sessions,
    Buckets buckets,
    OriginBook origins,
    Hedges hedges,
    Places places,
    Packer packer,
    Admission admission) {}
