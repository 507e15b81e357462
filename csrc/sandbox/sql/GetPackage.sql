SELECT * FROM SeenPackages WHERE Actor = :actor AND PackageID = :packageId;
