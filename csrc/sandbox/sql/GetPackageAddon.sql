SELECT * FROM SeenAddons WHERE Actor = :actor AND PackageAddonID = :packageAddonId;
