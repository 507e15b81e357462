-- Nobody's rights are looked at. SolidCP install_db.sql:9352.
SELECT * FROM HostingPlans WHERE PlanID = :planId;
