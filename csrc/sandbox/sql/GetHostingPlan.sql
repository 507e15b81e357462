SELECT * FROM HostingPlans WHERE PlanID = :planId;
