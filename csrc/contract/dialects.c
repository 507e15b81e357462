/*
 * The panels and services that are known.
 */
#include "contract/contract.h"

const struct dnp_dialect_info dnp_dialects[DNP_DIALECT_COUNT] = {
    {DNP_DOTNETPANEL, "dotnetpanel", "DotNetPanel", "http://officepark/dotnetpanel/enterpriseserver"},
    {DNP_WEBSITEPANEL, "websitepanel", "WebsitePanel", "http://smbsaas/websitepanel/enterpriseserver"},
    {DNP_SOLIDCP, "solidcp", "SolidCP", "http://smbsaas/solidcp/enterpriseserver"},
};
const size_t dnp_dialect_count = DNP_DIALECT_COUNT;

const struct dnp_service_info dnp_services[DNP_SERVICE_COUNT] = {
    {DNP_ES_USERS, "esUsers", true},
    {DNP_ES_PACKAGES, "esPackages", true},
    {DNP_ES_AUTHENTICATION, "esAuthentication", false},
};
